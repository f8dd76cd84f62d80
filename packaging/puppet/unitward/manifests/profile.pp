# @summary The kind of machine, before what may speak of its actors.
# @api private
class unitward::profile {
  $profile = '/etc/unitward/policy.d/10-profile.conf'

  # No file with a source: what the package brings is not there yet when it is asked what would be done.
  if $unitward::profile {
    $shipped = "/usr/share/unitward/profiles/${unitward::profile}.conf"
    exec { 'unitward: the kind of machine':
      command  => "unitward check --drop-in=10-profile.conf ${shipped} && install -m 0644 ${shipped} ${profile}",
      unless   => "cmp -s ${shipped} ${profile}",
      path     => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'],
      provider => shell,
      notify   => Exec['unitward: load the policy'],
    }
  } else {
    file { $profile:
      ensure => absent,
      notify => Exec['unitward: load the policy'],
    }
  }
}
