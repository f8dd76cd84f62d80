# @summary The policy, then the mode, which a mistake in the policy keeps out; then what is authorised.
# @api private
class unitward::configure {
  $path = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']

  unitward::policy { '20-puppet':
    content => epp('unitward/puppet.conf.epp', {
        'puppet' => $unitward::puppet,
        'units'  => $unitward::puppet_units,
    }),
  }

  $unitward::policies.each |$name, $attributes| {
    unitward::policy { $name: * => $attributes }
  }

  file { '/etc/unitward/policy.d/90-mode.conf':
    content      => "mode = \"${unitward::mode}\";\n",
    owner        => 'root',
    group        => 'root',
    mode         => '0644',
    validate_cmd => '/usr/bin/unitward check --drop-in=90-mode.conf %',
  }

  service { 'unitward.service':
    ensure => running,
    enable => true,
  }

  # By what is in force, not only when a file was changed: a run that broke off in between is made good by the next. Refused as
  # a whole when anything is wrong with it; the policy in force stays then.
  exec { 'unitward: load the policy':
    command   => 'unitward reload',
    unless    => 'test -x /usr/bin/unitward && unitward check --in-force',
    path      => $path,
    provider  => shell,
    require   => Service['unitward.service'],
    subscribe => File['/etc/unitward/policy.d/90-mode.conf'],
  }

  # Until then it only audits, whatever the mode.
  if $unitward::take_baseline {
    exec { 'unitward: authorise what is there':
      command  => 'unitward baseline --take --yes',
      unless   => 'test -x /usr/bin/unitward && ! unitward status --json | grep -q \'"source": *"review"\'',
      path     => $path,
      provider => shell,
      require  => Exec['unitward: load the policy'],
    }
  }

  if $unitward::metrics {
    service { 'unitward-metrics.timer':
      ensure  => running,
      enable  => true,
      require => Exec['unitward: load the policy'],
    }
  }
}
